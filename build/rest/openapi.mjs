// Says whether a file is a valid document of OpenAPI, and how much it found there.
import SwaggerParser from '@apidevtools/swagger-parser';

try {
  const document = await SwaggerParser.validate(process.argv[2]);
  const operations = Object.values(document.paths).flatMap((path) => Object.keys(path));
  console.log(`OpenAPI ${document.openapi}, paths ${Object.keys(document.paths).length}, operations ${operations.length}`);
} catch (wrong) {
  console.log(String(wrong));
  process.exit(1);
}
