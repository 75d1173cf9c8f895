/**
 * admin/routes/servers — installed servers: list, add, change, remove, refresh.
 */
import { Secret } from '../../base/index.ts';
import type { AddServerInput, ChangeServerInput, LaunchInput } from '../../gateway/index.ts';
import type { ServerLimits } from '../../model/index.ts';
import type { AdminParts } from '../ports.ts';
import { presentFeature, presentServer, presentServerDetail } from '../present.ts';
import type { RegisterRoute, RouteInput } from '../register-route.ts';

export function registerServerRoutes(serve: RegisterRoute, { control }: AdminParts): void {
  serve('listServers', ({ query }) => ({ servers: control.listServers(query.space).map(presentServer) }));
  serve('addServer', async ({ body }) => presentServer(await control.addServer(addInput(body))));
  serve('getServer', ({ params }) => presentServerDetail(control.getServer(params.server)));
  serve('changeServer', async ({ params, body }) => {
    const change = changeInput(body);
    return presentServer(await control.changeServer(params.server, change));
  });
  serve('removeServer', async ({ params, reply }) => {
    await control.removeServer(params.server);
    return reply.code(204).send();
  });
  serve('refreshServer', async ({ params }) =>
    presentServerDetail(await control.refreshServer(params.server)),
  );
  serve('awaitServer', async ({ params, query }) =>
    presentServerDetail(await control.settled(params.server, query.timeoutMs)),
  );
  serve('listFeatures', ({ params }) => ({
    features: control.listFeatures(params.server).map(presentFeature),
  }));
}

/** Values of environment variables, headers and inputs become Secrets here, in the line that reads them. */
function addInput(body: RouteInput<'addServer'>['body']): AddServerInput {
  const { launch } = body;
  const input: LaunchInput =
    launch.kind === 'stdio'
      ? {
          kind: 'stdio',
          command: launch.command,
          args: launch.args,
          ...(launch.cwd === undefined ? {} : { cwd: launch.cwd }),
          env: sealed(launch.env),
          ...(launch.allowsExec === undefined ? {} : { allowsExec: launch.allowsExec }),
          ...(launch.secretNames === undefined ? {} : { secretNames: launch.secretNames }),
        }
      : {
          kind: 'http',
          url: launch.url,
          headers: sealed(launch.headers),
          ...(launch.flavour === undefined ? {} : { flavour: launch.flavour }),
          ...(launch.allowsExec === undefined ? {} : { allowsExec: launch.allowsExec }),
          ...(launch.secretNames === undefined ? {} : { secretNames: launch.secretNames }),
        };
  return {
    ...(body.space === undefined ? {} : { space: body.space }),
    name: body.name,
    launch: input,
    ...(body.inputs === undefined ? {} : { inputs: body.inputs }),
    ...(body.inputValues === undefined ? {} : { inputValues: sealed(body.inputValues) }),
    ...(body.alias === undefined ? {} : { alias: body.alias }),
    ...(body.sealsSecrets === undefined ? {} : { sealsSecrets: body.sealsSecrets }),
    ...(body.isEnabled === undefined ? {} : { isEnabled: body.isEnabled }),
    ...(body.sessionPolicy === undefined ? {} : { sessionPolicy: body.sessionPolicy }),
    ...(body.declares === undefined ? {} : { declares: body.declares }),
    ...(body.limits === undefined ? {} : { limits: body.limits as ServerLimits }),
  };
}

/** What a change names; a value that is null is taken away. */
function changeInput(body: RouteInput<'changeServer'>['body']): ChangeServerInput {
  const { launch } = body;
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.alias === undefined ? {} : { alias: body.alias }),
    ...(launch === undefined
      ? {}
      : {
          launch: {
            command: launch.command,
            args: launch.args,
            cwd: launch.cwd,
            env: sealedOrGone(launch.env),
            url: launch.url,
            flavour: launch.flavour,
            headers: sealedOrGone(launch.headers),
            allowsExec: launch.allowsExec,
            secretNames: launch.secretNames,
          },
        }),
    ...(body.keepsSecrets === undefined ? {} : { keepsSecrets: body.keepsSecrets }),
    ...(body.sealsSecrets === undefined ? {} : { sealsSecrets: body.sealsSecrets }),
    ...(body.inputValues === undefined ? {} : { inputValues: sealed(body.inputValues) }),
    ...(body.isEnabled === undefined ? {} : { isEnabled: body.isEnabled }),
    ...(body.sessionPolicy === undefined ? {} : { sessionPolicy: body.sessionPolicy }),
    ...(body.declares === undefined ? {} : { declares: body.declares }),
    ...(body.limits === undefined ? {} : { limits: body.limits as ServerLimits }),
  };
}

function sealedOrGone(
  values: Readonly<Record<string, string | null>> | undefined,
): Record<string, Secret | null> | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? null : new Secret(value)]),
  );
}

function sealed(values: Readonly<Record<string, string>> | undefined): Record<string, Secret> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, new Secret(value)]));
}
