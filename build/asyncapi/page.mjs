// Writes a page without scripts of an AsyncAPI file: its topics, who sends what, and each message with its fields and an example.
// AsyncAPI's own template starts a browser to do so, or needs 2.5 MB of script to be read.
import { writeFileSync } from 'node:fs';
import { Parser, fromFile } from '@asyncapi/parser';

const [from, to] = process.argv.slice(2);
const { document } = await fromFile(new Parser(), from).parse();
if (!document) throw new Error(`${from} cannot be read: node check.mjs ${from}`);
const esc = (s) => String(s ?? '').replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const prose = (s) => esc(s).replace(/\n- /g, '<br>- ').replace(/`([^`]+)`/g, '<code>$1</code>');

// fields are the rows of an object's properties, those of objects within it indented.
function fields(schema, prefix = '', depth = 0) {
  const parts = [schema, ...(schema.allOf ?? [])].filter((s) => s && !s.if);
  const required = new Set(parts.flatMap((s) => s.required ?? []));
  const seen = new Map();
  for (const part of parts) for (const [name, p] of Object.entries(part.properties ?? {})) seen.set(name, { ...seen.get(name), ...p });
  return [...seen].map(([name, p]) => {
    const inside = p.items?.properties ? p.items : p;
    const limits = ['const', 'minimum', 'maximum', 'minLength', 'maxLength', 'format'].filter((k) => k in p).map((k) => `${k} ${p[k]}`);
    const values = p.enum ?? p.items?.enum;
    if (values) limits.push(values.map((v) => `<code>${esc(v)}</code>`).join(' '));
    const type = [p.type ?? 'object'].flat().join(' or ') + (p.items ? ' of ' + (p.items.type ?? 'object') : '');
    return `<tr><td><code>${esc(prefix + name)}</code>${required.has(name) ? '' : ' ?'}<td>${esc(type)}<td>${limits.join(', ')}<td>${prose(p.description)}</tr>` +
      (inside.properties && depth < 3 ? fields(inside, prefix + name + '.', depth + 1) : '');
  }).join('\n');
}

const message = (m) => `<section id="${esc(m.id())}"><h3>${esc(m.title())}</h3><p>${prose(m.summary())}</p>${m.hasDescription() ? `<p>${prose(m.description())}</p>` : ''}
<table><tr><th>field (? may be absent)<th>type<th>limits<th></tr>${fields(m.payload().json())}</table>
${m.examples().all().map((e) => `<pre>${esc(JSON.stringify(e.payload(), null, 1))}</pre>`).join('')}</section>`;

const channel = (c) => `<h2 id="${esc(c.id())}">${esc(c.address())}</h2><p>${prose(c.description())}</p>
<ul>${c.operations().all().map((o) => `<li>${esc(o.title())}: QoS ${o.bindings().get('mqtt')?.value().qos}${o.bindings().get('mqtt')?.value().retain ? ', retained' : ''}`).join('')}</ul>
<p>${c.messages().all().map((m) => `<a href="#${esc(m.id())}">${esc(m.title())}</a>`).join(' · ')}</p>
${c.messages().all().map(message).join('\n')}`;

writeFileSync(to, `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${esc(document.info().title())}</title>
<style>body{font:16px/1.5 sans-serif;max-width:75rem;margin:auto;padding:1rem}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top}
pre{background:#f3f3f3;padding:.5rem;overflow:auto}h2{border-top:3px solid;padding-top:1rem}</style>
<h1>${esc(document.info().title())}, ${esc(document.info().version())}</h1><p>${prose(document.info().description()).replace(/\n\n/g, '<p>')}
${document.channels().all().map(channel).join('\n')}</html>\n`);
