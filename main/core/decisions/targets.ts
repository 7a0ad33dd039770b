/** The rows that a decision is about, as the admin sees them: state, title, and the revisions that make its basis. */
import { z } from 'zod';
import { basisSchema, type Target } from '../../../domain/intents.ts';
import { targetStateSchema, type TargetKind } from '../../../domain/states.ts';
import { upright } from '../../../domain/text.ts';
import type { ReplicaReader } from '../replica/replica.ts';

const rowSchema = z.strictObject({
  id: z.uuid(),
  state: targetStateSchema,
  title: z.string().transform(upright),
  basis: basisSchema,
  /** The rows of the basis beside the target: a pending decision about one of them changes what this one builds on. */
  related: z.array(z.uuid()),
  /** What a registration is for; null for other kinds, and where the copy does not know. */
  productId: z.uuid().nullable(),
});

export type Known = z.infer<typeof rowSchema> & { readonly kind: TargetKind };

/** How a registration is called everywhere: who, and for what. */
export const registrationTitle = `concat(a.name, ' → ', coalesce(concat(p.name, ' ', v.name), '?'))`;

const wanted = 'from json_array_elements_text($1::json) wanted join';

const statements: Record<TargetKind, string> = {
  developer: `select d.id, d.state, d.name as title,
      json_build_object('developer', d.revision) as basis, '[]'::json as related, null as "productId"
    ${wanted} developers d on d.id = wanted.value::uuid`,
  application: `select a.id, a.state, a.name as title,
      json_strip_nulls(json_build_object('application', a.revision, 'developer', d.revision)) as basis,
      json_build_array(a.developer_id) as related, null as "productId"
    ${wanted} applications a on a.id = wanted.value::uuid
    left join developers d on d.id = a.developer_id`,
  registration: `select r.id, r.state, ${registrationTitle} as title,
      json_strip_nulls(json_build_object('registration', r.revision, 'application', a.revision,
        'developer', d.revision, 'publication', u.revision)) as basis,
      json_build_array(r.application_id, r.developer_id) as related, v.product_id as "productId"
    ${wanted} registrations r on r.id = wanted.value::uuid
    left join applications a on a.id = r.application_id
    left join developers d on d.id = r.developer_id
    left join publications u on u.id = r.publication_id
    left join versions v on v.id = r.version_id
    left join products p on p.id = v.product_id`,
  credential: `select c.id, c.state, c.name as title,
      json_build_object('credential', c.revision) as basis, '[]'::json as related, null as "productId"
    ${wanted} credentials c on c.id = wanted.value::uuid`,
};

/** Parents first, so that in one batch an application's approval can build on its developer's. */
const order: readonly TargetKind[] = ['developer', 'application', 'registration', 'credential'];

/** Finds the targets in the copy; what is not there is missing from the answer. Each once, parents first. */
export async function findTargets(replica: ReplicaReader, targets: readonly Target[]): Promise<Known[]> {
  const found: Known[] = [];
  for (const kind of order) {
    const ids = [...new Set(targets.flatMap((target) => (target.kind === kind ? [target.id] : [])))];
    if (ids.length === 0) continue;
    const rows = await replica.query(rowSchema, statements[kind], [JSON.stringify(ids)]);
    const place = new Map(rows.map((row) => [row.id, row]));
    for (const id of ids) {
      const row = place.get(id);
      if (row) found.push({ ...row, kind });
    }
  }
  return found;
}
