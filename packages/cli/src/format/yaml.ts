/**
 * Data as YAML 1.2 in block style, as far as the objects that are written here need it. JSON would be YAML
 * too; this is what people read and review.
 *
 * @module
 */

/** What can be written; undefined is left out. */
export type YamlValue =
  | string
  | number
  | bigint
  | undefined
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** Words that no YAML parser takes for a number, a boolean, null or a mark. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z_][\w./-]*$/i;

/**
 * An object as a YAML document.
 *
 * @param value - the object
 * @returns whole lines
 */
export function yaml(value: YamlValue): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: YamlValue): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => behind('- ', lines(item)));
  if (typeof value !== 'object') return [scalar(value)];
  return Object.entries(value).flatMap(([key, item]) => {
    if (item === undefined) return [];
    if (typeof item !== 'object') return [`${key}: ${scalar(item)}`];
    const inner = lines(item);
    return inner.length === 0 ? [`${key}: []`] : [`${key}:`, ...inner.map((line) => `  ${line}`)];
  });
}

/** The first line behind a mark, the others under it. */
function behind(mark: string, [first = '', ...rest]: readonly string[]): string[] {
  return [`${mark}${first}`, ...rest.map((line) => `${' '.repeat(mark.length)}${line}`)];
}

function scalar(value: string | number | bigint | undefined): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value);
  return String(value);
}
