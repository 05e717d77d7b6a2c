import { html, type Html, inlineMarkdown } from './html.ts';

/** What of JSON Schema our document uses. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
};

const PREFIX = '#/components/schemas/';

/** A schema as a table of its fields, or in one line where it has none. */
export function schemaView(schema: Schema): Html {
  const { properties } = schema;
  if (properties === undefined) return html`<p>${typeView(schema)}</p>`;
  const rows = Object.entries(properties).map(([name, field]) =>
    fieldRow({ name, field, isRequired: schema.required?.includes(name) ?? false }),
  );
  return html`<table>
    ${rows}
  </table>`;
}

export type Field = { readonly name: string; readonly field: Schema; readonly isRequired: boolean };

export function fieldRow({ name, field, isRequired }: Field): Html {
  const note = isRequired ? html`` : html` <small>optional</small>`;
  const nested = nestedOf(field);
  return html`<tr>
    <th><code>${name}</code>${note}</th>
    <td>${typeView(field)}${boundsView(field)} ${inlineMarkdown(field.description ?? '')}${nested}</td>
  </tr>`;
}

function nestedOf(field: Schema): Html {
  const inner = field.properties === undefined ? field.items : field;
  return inner?.properties === undefined ? html`` : schemaView(inner);
}

/** `Device`, `list of Attempt`, `text or null` … with links to what has a name. */
function typeView(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(PREFIX.length);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.anyOf !== undefined) return joined(schema.anyOf.map(typeView), ' or ');
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((word) => html`<code>${String(word)}</code>`),
      ' · ',
    );
  if (schema.items !== undefined) return html`list of ${typeView(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return html`map of ${typeView(schema.additionalProperties)}`;
  const types = [schema.type ?? 'anything'].flat().map((type) => NAMES[type] ?? type);
  return html`<i>${types.join(' or ')}${schema.format === undefined ? '' : `, ${schema.format}`}</i>`;
}

const NAMES: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false' };

function joined(parts: readonly Html[], between: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${between}${part}`))}`;
}

function boundsView(schema: Schema): Html {
  const { minimum, maximum, maxLength, maxItems } = schema;
  const bounds = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
  return bounds.length === 0 ? html`` : html` <small>${bounds.join(', ')}</small>`;
}
