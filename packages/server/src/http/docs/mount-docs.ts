import { readFile } from 'node:fs/promises';
import { API_PREFIX } from '@updraft/protocols';
import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../version.ts';

export const DOCS_PATH = '/api/docs';
const STYLE_PATH = '/api/docs/style.css';
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Documentation = { readonly document: string; readonly page: string };

/** The OpenAPI document and its page, made when first asked for: its libraries would double the time of the start. */
export function mountDocs(app: FastifyInstance) {
  let made: Promise<Documentation> | null = null;
  const documentation = () => (made ??= makeDocumentation());
  app.get(`${API_PREFIX}/openapi.json`, async (_request, reply) =>
    reply.type('application/json').send((await documentation()).document),
  );
  app.get(DOCS_PATH, async (_request, reply) =>
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .type('text/html; charset=utf-8')
      .send((await documentation()).page),
  );
  app.get(STYLE_PATH, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(await readFile(new URL('docs.css', import.meta.url))),
  );
}

async function makeDocumentation(): Promise<Documentation> {
  const [{ createApiDocument }, { docsPage }] = await Promise.all([
    import('@updraft/protocols/openapi'),
    import('./docs-page.ts'),
  ]);
  const document = createApiDocument(VERSION);
  return { document: JSON.stringify(document), page: docsPage(document, STYLE_PATH) };
}
