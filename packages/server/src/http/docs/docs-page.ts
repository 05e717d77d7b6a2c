import type { ApiDocument } from '@updraft/protocols/openapi';
import { html, type Html, inlineMarkdown, markdown } from './html.ts';
import { type Field, fieldRow, type Schema, schemaView } from './schema-view.ts';

type Content = { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly description?: string;
};
type Operation = {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content & { readonly description?: string }>>;
};
type Listed = { readonly method: string; readonly path: string; readonly operation: Operation };

/** The document as one page for people: no script, no picture, nothing from elsewhere. */
export function docsPage(document: ApiDocument, styleHref: string): string {
  const operations = listOperations(document);
  const tags = (document.tags ?? []).map(({ name }) => name);
  const schemas = Object.entries((document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Updraft API</title>
        <link rel="stylesheet" href="${styleHref}" />
      </head>
      <body>
        <nav>
          <a class="home" href="#top">Updraft API</a>${tags.map((tag) => html`<a href="#tag-${tag}">${tag}</a>`)}<a
            href="#schemas"
            >schemas</a
          >
        </nav>
        <main id="top">
          <h1>Updraft API <small>${document.info.version}</small></h1>
          ${markdown(document.info.description ?? '')}
          <p><a href="/api/v1/openapi.json">The OpenAPI document</a></p>
          ${tags.map((tag) =>
            tagSection(
              tag,
              operations.filter(({ operation }) => operation.tags?.includes(tag)),
            ),
          )}
          <section id="schemas">
            <h2>Schemas</h2>
            ${schemas.map(([name, schema]) => schemaSection(name, schema))}
          </section>
        </main>
      </body>
    </html>`;
  return page.html;
}

function listOperations(document: ApiDocument): Listed[] {
  const paths = (document.paths ?? {}) as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
}

function tagSection(tag: string, listed: readonly Listed[]): Html {
  return html`<section id="tag-${tag}">
    <h2>${tag}</h2>
    ${listed.map(operationView)}
  </section>`;
}

function operationView({ method, path, operation }: Listed): Html {
  const id = operation.operationId ?? `${method}-${path}`;
  return html`<details id="${id}">
    <summary>
      <b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> <span>${operation.summary ?? ''}</span>
    </summary>
    ${operation.description === undefined ? html`` : markdown(operation.description)}
    ${parametersView(operation.parameters ?? [])} ${bodyView('Request', operation.requestBody)}
    ${Object.entries(operation.responses ?? {}).map(([status, response]) => responseView(status, response))}
  </details>`;
}

function parametersView(parameters: readonly Parameter[]): Html {
  if (parameters.length === 0) return html``;
  const rows = parameters.map(({ name, schema, description, required }) => {
    const field: Field = {
      name,
      field: { ...schema, ...(description ? { description } : {}) },
      isRequired: required ?? false,
    };
    return fieldRow(field);
  });
  return html`<h3>Parameters</h3>
    <table>
      ${rows}
    </table>`;
}

function bodyView(title: string, body: Content | undefined): Html {
  return html`${Object.entries(body?.content ?? {}).map(
    ([type, { schema }]) =>
      html`<h3>${title} <small>${type}</small></h3>
        ${schema === undefined ? html`` : schemaView(schema)}`,
  )}`;
}

/** Successes with their bodies; refusals are one line of codes, because their body is always the same. */
function responseView(status: string, response: Content & { readonly description?: string }): Html {
  if (Number(status) < 300 && response.content !== undefined) return bodyView(status, response);
  return html`<p class="answer"><b>${status}</b> ${inlineMarkdown(response.description ?? '')}</p>`;
}

function schemaSection(name: string, schema: Schema): Html {
  return html`<article id="schema-${name}">
    <h3>${name}</h3>
    ${schemaView(schema)}
  </article>`;
}
