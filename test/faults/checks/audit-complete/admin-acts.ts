/** What admins do over the Admin API, and gateways over theirs. */
import { z } from 'zod';
import { openSession } from '../../../../sync-server/admins/sessions.ts';
import { createLink } from '../../../../sync-server/developers/links.ts';
import { testIntent } from '../../../../sync-server/decisions/testing.ts';
import { byAdmin, type Act, type Doing } from './act.ts';
import type { Method, Scene } from '../../../rights/scene.ts';

const api = '/api/admin/v1';
const withId = z.object({ id: z.string() });

/** The owner asks, and it has to be done. */
function owners(
  route: string,
  tells: readonly string[],
  params: (scene: Scene, from: string) => Promise<{ readonly url: string; readonly payload?: object }>,
): Act {
  return {
    route,
    tells,
    async prepare(scene, from): Promise<Doing> {
      const { url, payload } = await params(scene, from);
      const method = z.enum(['GET', 'POST', 'PATCH', 'DELETE']).parse(route.split(' ')[0]) satisfies Method;
      const { owner } = scene;
      return { ...byAdmin(owner), run: () => scene.ask(from, method, url, owner.headers, payload) };
    },
  };
}

async function newWebhook({ ask, owner }: Scene): Promise<string> {
  const payload = { url: 'https://receiver.example/hooks', events: ['developer.approved'] };
  const { body } = await ask('127.0.0.1', 'POST', `${api}/webhooks`, owner.headers, payload);
  return withId.parse(JSON.parse(body)).id;
}

/** A delivery that was given up. */
async function deadLetter(scene: Scene): Promise<{ readonly webhook: string; readonly delivery: string }> {
  const webhook = await newWebhook(scene);
  const delivery = crypto.randomUUID();
  const at = '2026-01-02T03:04:05.678Z';
  await scene.whole.server.deps.db
    .insertInto('webhookDeliveries')
    .values({
      id: delivery,
      endpointId: webhook,
      seq: 1,
      type: 'developer.approved',
      body: '{}',
      createdAt: at,
      triedSince: at,
      nextAttemptAt: at,
      deliveredAt: null,
      deadAt: at,
      lastError: 'gone',
    })
    .execute();
  return { webhook, delivery };
}

const anotherAdmin = async ({ fresh }: Scene): Promise<string> => (await fresh('viewer')).id;

function decision(name: string, tells: readonly string[], hidden: boolean): Act {
  return {
    route: `POST ${api}/decisions`,
    name,
    tells,
    async prepare(scene, from) {
      const { shop, ask, fresh } = scene;
      const admin = await fresh('product-owner');
      const { registration } = hidden ? shop.other : shop.own;
      const target = { kind: 'registration', id: registration.id } as const;
      const intent = testIntent(admin.device, 'approve', target);
      const { id, batch, decidedAt } = intent;
      return {
        ...byAdmin(admin),
        run: () => ask(from, 'POST', `${api}/decisions`, admin.headers, { intents: [intent] }),
        ...(hidden ? {} : { changes: [{ field: 'state', before: 'pending', after: 'approved' }] }),
        also: { intent: id, batch, decidedAt },
      };
    },
  };
}

const devices: readonly Act[] = [
  {
    route: `POST ${api}/devices`,
    tells: ['device.enrolled'],
    name: 'under another name',
    async prepare({ fresh, ask }, from) {
      const admin = await fresh('viewer');
      const payload = { name: 'another name', device: admin.device };
      return {
        ...byAdmin(admin),
        run: () => ask(from, 'POST', `${api}/devices`, admin.headers, payload),
        also: { details: { admin: admin.id, name: 'another name', before: { name: 'test' } } },
      };
    },
  },
  {
    route: `DELETE ${api}/devices/:id`,
    tells: ['device.revoked'],
    async prepare({ fresh, owner, ask }, from) {
      const { device } = await fresh('viewer');
      return {
        ...byAdmin(owner),
        run: () => ask(from, 'DELETE', `${api}/devices/${device}`, owner.headers),
      };
    },
  },
  {
    route: `POST ${api}/sign-out`,
    tells: ['admin.signed_out'],
    async prepare({ fresh, ask }, from) {
      const admin = await fresh('viewer');
      return { ...byAdmin(admin), run: () => ask(from, 'POST', `${api}/sign-out`, admin.headers) };
    },
  },
];

const people: readonly Act[] = [
  owners(`POST ${api}/admins/:id/deactivate`, ['admin.deactivated'], async (scene) => ({
    url: `${api}/admins/${await anotherAdmin(scene)}/deactivate`,
  })),
  owners(`POST ${api}/admins/:id/reactivate`, ['admin.reactivated'], async (scene, from) => {
    const url = `${api}/admins/${await anotherAdmin(scene)}`;
    await scene.ask(from, 'POST', `${url}/deactivate`, scene.owner.headers);
    return { url: `${url}/reactivate` };
  }),
  owners(`POST ${api}/admins/:id/reset-second-factor`, ['admin.second_factor_changed'], async (scene) => ({
    url: `${api}/admins/${await anotherAdmin(scene)}/reset-second-factor`,
  })),
  owners(`DELETE ${api}/admins/:id`, ['deleted'], async (scene) => ({
    url: `${api}/admins/${await anotherAdmin(scene)}`,
  })),
];

const webhooks: readonly Act[] = [
  owners(`POST ${api}/webhooks`, ['webhook.added'], async () => ({
    url: `${api}/webhooks`,
    payload: { url: 'https://receiver.example/hooks' },
  })),
  owners(`PATCH ${api}/webhooks/:id`, ['webhook.changed'], async (scene) => ({
    url: `${api}/webhooks/${await newWebhook(scene)}`,
    payload: { description: 'for the team' },
  })),
  owners(`POST ${api}/webhooks/:id/secret`, ['webhook.secret_rotated'], async (scene) => ({
    url: `${api}/webhooks/${await newWebhook(scene)}/secret`,
  })),
  owners(`POST ${api}/webhooks/:id/redeliver`, ['webhook.redelivered'], async (scene) => ({
    url: `${api}/webhooks/${(await deadLetter(scene)).webhook}/redeliver`,
  })),
  owners(
    `POST ${api}/webhooks/:id/deliveries/:delivery/redeliver`,
    ['webhook.redelivered'],
    async (scene) => {
      const { webhook, delivery } = await deadLetter(scene);
      return { url: `${api}/webhooks/${webhook}/deliveries/${delivery}/redeliver` };
    },
  ),
  owners(`DELETE ${api}/webhooks/:id`, ['webhook.removed'], async (scene) => ({
    url: `${api}/webhooks/${await newWebhook(scene)}`,
  })),
];

export const adminActs: readonly Act[] = [
  decision('applied', ['approve', 'applied'], false),
  decision('refused', ['refused'], true),
  ...devices,
  ...people,
  ...webhooks,
  owners('GET /api/admin/v1/audit/export', ['audit.exported'], async () => ({
    url: `${api}/audit/export?format=csv`,
  })),
  {
    route: `POST ${api}/token`,
    tells: [],
    async prepare({ ask, whole, fresh }, from) {
      const admin = await fresh('viewer');
      const { refresh_token: refresh } = await openSession(whole.server.deps, admin.id);
      const payload = {
        grant_type: 'refresh_token',
        client_id: 'gatehouse-desk',
        refresh_token: refresh,
      };
      return { ...byAdmin(admin), run: () => ask(from, 'POST', `${api}/token`, {}, payload) };
    },
  },
  {
    route: 'POST /api/gateway/v1/ack',
    tells: [],
    prepare: async ({ ask, gatewayHeaders }, from) => ({
      actor: '',
      device: null,
      run: () =>
        ask(from, 'POST', '/api/gateway/v1/ack', gatewayHeaders, {
          cursor: '1:1',
          digest: '0'.repeat(64),
        }),
    }),
  },
];

/** Takes a person with it, so it comes last. */
export const lastActs: readonly Act[] = [
  owners(
    `POST ${api}/developers/:id/erase`,
    [...Array.from({ length: 4 }, () => 'deleted'), 'developer.erased'],
    async ({ shop }) => ({
      url: `${api}/developers/${shop.other.developer.id}/erase`,
    }),
  ),
];

/** A link as a mail holds it. */
export function linkFor(
  { shop, whole }: Scene,
  purpose: 'verify' | 'reset',
  developerId: string,
): Promise<string> {
  return whole.server.deps.commit((change) =>
    createLink(change, purpose, { portalId: shop.portal.id, developerId }),
  );
}
