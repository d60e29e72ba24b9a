// Receives a webhook as others do: says its type, or "refused". The secret is the argument, headers and body are JSON on standard input.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const message = JSON.parse(readFileSync(0, 'utf8'));
try {
  console.log(new Webhook(process.argv[2]).verify(message.body, message).type);
} catch {
  console.log('refused');
}
