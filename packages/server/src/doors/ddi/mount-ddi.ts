import { DDI_MEDIA_TYPES, MAX_DDI_BODY_BYTES } from '@updraft/protocols';
import type { FastifyInstance } from 'fastify';
import { watchMethods } from '../../http/methods.ts';
import { artifactRoutes } from './artifacts.ts';
import { authenticated, authenticatedReporter } from './authenticate.ts';
import { configDataRoute } from './config-data.ts';
import { confirmationBaseRoute, confirmationRoutes } from './confirmation.ts';
import { pollRoute } from './controller-base.ts';
import { deploymentRoutes } from './deployment.ts';
import type { DdiDoor } from './door.ts';
import { cutThrown, sendDdiThrown, sendEmpty } from './errors.ts';
import { feedbackRoutes } from './feedback.ts';
import { installedRoutes } from './installed.ts';
import { serveSigned } from './signed-files.ts';

/**
 * hawkBit's device API (DDI v1) with its own authentication, routes and error shapes. Every answer to a report is
 * exactly 200: SWUpdate takes nothing else for yes.
 *
 * The app passes doubled slashes as one, and trusts `X-Forwarded-*` from named proxies only.
 */
export async function mountDdi(app: FastifyInstance, door: DdiDoor): Promise<void> {
  app.decorateRequest('asking', null);
  app.decorateRequest('reporting', null);
  app.setErrorHandler(sendDdiThrown);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    DDI_MEDIA_TYPES,
    { parseAs: 'buffer', bodyLimit: MAX_DDI_BODY_BYTES },
    (_request, body, done) => done(null, body),
  );
  const refuseOtherMethods = watchMethods(app, (_request, reply) => sendEmpty(reply, 405));
  pollRoute(app, door);
  confirmationBaseRoute(app, door);
  await app.register(async (known) => {
    known.addHook('onRequest', authenticated(door));
    deploymentRoutes(known, door);
    configDataRoute(known, door);
    installedRoutes(known, door);
    confirmationRoutes(known, door);
  });
  await app.register(async (reports) => {
    reports.addHook('onRequest', authenticatedReporter(door));
    feedbackRoutes(reports, door);
  });
  await app.register(async (files) => {
    files.setErrorHandler(cutThrown);
    files.addHook('onRequest', serveSigned(door));
    files.addHook('onRequest', authenticated(door));
    artifactRoutes(files, door);
  });
  refuseOtherMethods();
}
