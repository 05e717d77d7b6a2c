import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';

export function mountMetrics(app: FastifyInstance, metrics: Metrics) {
  app.get('/metrics', async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metrics.contentType)
      .send(await metrics.text()),
  );
}
