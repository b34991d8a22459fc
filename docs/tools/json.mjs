// @ts-check
/**
 * Prints docs/json.md: the schemas of docs/schema as tables. `npm run golden:update` writes the page.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';

/** @typedef {{ [key: string]: any }} Schema */

const folder = new URL('../schema/', import.meta.url);
/** @type {Map<string, Schema>} */
const schemas = new Map(
  readdirSync(folder)
    .sort()
    .map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(new URL(file, folder), 'utf8'))]),
);

/** @type {(name: string) => Schema} */
const schemaOf = (name) => /** @type {Schema} */ (schemas.get(name));

const sections = [...schemas.keys()].filter((name) => name !== 'common').map((name) => section(name));
process.stdout.write(`# What \`--json\` prints

Every command that prints has \`--json\`; \`parse\` prints JSON always. Each has a JSON Schema (draft 2020-12) in
[docs/schema](schema), and a test holds real output of every command against it, strictly: no field is printed that
the schema does not name.

What can be relied on: a field keeps its name, type and meaning. New fields, and new words where words are listed, come
with a minor version, and are in the schema then. Sentences (\`text\`, \`message\`, \`title\`, \`sentences\` …) are for
people and may change. 64-bit integers are decimal text, since many readers of JSON round them. On an error nothing is
printed to standard output; exit statuses are those of the command without \`--json\`.

<!-- Written by docs/tools/json.mjs from docs/schema; npm run golden:update writes it again. -->

${sections.join('')}## Common

${definitions('common')}`);

/**
 * A command's section.
 *
 * @param {string} name
 */
function section(name) {
  const schema = schemaOf(name);
  const { description } = schema;
  const head = `## ${name}\n\n${description} Schema: [${name}.json](schema/${name}.json).\n\n`;
  if ('$ref' in schema) return head;
  const inner = schema['type'] === 'array' ? schema['items'] : schema;
  const shape = inner.anyOf
    ? `${schema['type'] === 'array' ? 'A list; each item is' : 'It is'} ${typeText(inner)}.\n\n`
    : `${schema['type'] === 'array' ? 'A list; each item has:\n\n' : ''}${table(inner)}`;
  return `${head}${shape}${definitions(name)}`;
}

/**
 * What a schema defines, each with its table or its type.
 *
 * @param {string} name
 */
function definitions(name) {
  return Object.entries(/** @type {Record<string, Schema>} */ (schemaOf(name)['$defs'] ?? {}))
    .map(([key, schema]) => {
      const told = schema['description'] === undefined ? '' : `: ${schema['description']}`;
      const title = `**${key}**${told}`;
      return schema['properties'] ? `${title}\n\n${table(schema)}` : `${title}: ${typeText(schema)}\n\n`;
    })
    .join('');
}

/**
 * The fields of an object.
 *
 * @param {Schema} schema
 */
function table(schema) {
  const rows = fields(schema, '');
  return `| field | type | |\n| --- | --- | --- |\n${rows.join('')}\n`;
}

/**
 * @param {Schema} schema
 * @param {string} prefix
 * @returns {string[]}
 */
function fields({ properties, required }, prefix) {
  return Object.entries(/** @type {Record<string, Schema>} */ (properties)).flatMap(([name, schema]) => {
    const optional = required.includes(name) ? '' : ' (optional)';
    const path = `${prefix}${name}`;
    const row = `| \`${path}\`${optional} | ${typeText(schema).replaceAll('|', '\\|')} | ${schema['description'] ?? ''} |\n`;
    const [inner, suffix] = schema['items'] ? [schema['items'], '[]'] : [nonNull(schema), ''];
    return inner.properties ? [row, ...fields(inner, `${path}${suffix}.`)] : [row];
  });
}

/**
 * What a value is where it may be null too.
 *
 * @param {Schema} schema
 * @returns {Schema}
 */
function nonNull(schema) {
  const others = (schema['anyOf'] ?? []).filter((/** @type {Schema} */ { type }) => type !== 'null');
  return others.length === 1 ? others[0] : schema;
}

/**
 * A type in words.
 *
 * @param {Schema} schema
 * @returns {string}
 */
function typeText(schema) {
  const { $ref, type, items, anyOf, additionalProperties } = schema;
  if ($ref !== undefined) return `*${$ref.replace(/.*\//, '')}*`;
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeText))].join(' or ');
  if (schema['enum'] !== undefined)
    return schema['enum'].map((/** @type {string} */ word) => `\`${word}\``).join(', ');
  if ('const' in schema) return `\`${schema['const']}\``;
  if (type === 'array') return `list of ${typeText(items)}`;
  if (type === 'object')
    return typeof additionalProperties === 'object'
      ? `object of ${typeText(additionalProperties)} by name`
      : 'object';
  return [type].flat().join(' or ');
}
