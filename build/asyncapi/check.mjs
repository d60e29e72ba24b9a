// Says what AsyncAPI's own parser thinks of a file, and how much it found there; fails where it has anything to say.
import { Parser, fromFile } from '@asyncapi/parser';

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
for (const d of diagnostics) console.log(`${d.path.join('.')}: ${d.code}: ${d.message}`);
if (!document || diagnostics.length > 0) process.exit(1);
console.log(`channels ${document.channels().all().length}, operations ${document.operations().all().length}, messages ${document.components().messages().all().length}`);
