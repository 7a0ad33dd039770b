/** Faults that show only where order, loss, clocks or another device play along. */
import type { Plant } from '../plant.ts';

const check = 'simulation';

export const simulationPlants: readonly Plant[] = [
  {
    fault: 'an intent that is sent again is decided again (no idempotency key)',
    file: 'sync-server/decisions/ingest.ts',
    find: '    known: known.get(intent.id) ?? null,',
    replace: '    known: null,',
    check,
  },
  {
    fault: 'an approval counts whatever its admin had seen (wrong merge rule)',
    file: 'domain/decide.ts',
    find: '    if (old.length > 0) return overtaken(view, intent, target, old);',
    replace: '    if (old.length > 100) return overtaken(view, intent, target, old);',
    check,
  },
  {
    fault: 'a reject of what was approved since gives way',
    alone: true,
    file: 'domain/decide.ts',
    find: "    if (target.state === 'approved') return applied(view, intent, target, 'revoke', 'revoked');",
    replace: "    if (target.state === 'approved') return noop(view, intent, target);",
    check,
  },
  {
    fault: 'rights are not checked when an intent is applied',
    file: 'sync-server/decisions/ingest.ts',
    find: '    allowed: mayDecide(admin.role, intent.action, intent.target.kind),',
    replace: '    allowed: mayDecide(admin.role, intent.action, intent.target.kind) || true,',
    check,
  },
  {
    fault: 'a frame is applied without a look at its prev',
    alone: true,
    file: 'main/core/replica/apply.ts',
    find: 'if (!sameCursor(at, { epoch, seq: prev }) || to < prev) return false;',
    replace: 'if (at.epoch < 0 && sameCursor(at, { epoch, seq: prev })) return false;',
    check,
  },
  {
    fault: 'what a journal holds is not read back after a crash',
    file: 'main/core/journal/journal.ts',
    find: '  for (const entry of entries) state.add(entry);',
    replace: '',
    check,
  },
  {
    fault: 'a decision shows before its journal is synced',
    file: 'main/core/journal/file.ts',
    find: '      await disk.datasync();\n      unsure = false;\n    } catch (error) {',
    replace: '      void disk.datasync();\n      unsure = false;\n    } catch (error) {',
    check,
  },
  {
    fault: 'gateways are not told of connections that close',
    file: 'sync-server/gateways/projection.ts',
    find: "    ...gone.map((connection) => addressedConnection('drop', connection)),\n",
    replace: '',
    check,
  },
  {
    fault: 'a product owner is sent what has left their products',
    file: 'sync-server/replication/limited.ts',
    find: 'case when c.seen_after && ',
    replace: 'case when true or c.seen_after && ',
    check,
  },
  {
    fault: 'a product owner decides beyond their products',
    file: 'sync-server/decisions/seen.ts',
    find: "if (admin.role !== 'product-owner') return () => true;",
    replace: 'if (rows.registration.size >= 0) return () => true;',
    check,
  },
  {
    fault: 'what a removed device sends is still applied',
    file: 'sync-server/admins/sessions.ts',
    find: "    .where('devices.revokedAt', 'is', null)\n",
    replace: '',
    check,
  },
  {
    fault: 'sockets of ended sessions stay open',
    file: 'sync-server/replication/sync.ts',
    find: 'deps.wake.sessions.subscribe((id) => sockets.look(id))',
    replace: 'deps.wake.sessions.subscribe(() => undefined)',
    check,
  },
  {
    fault: 'the head of the log is read without its lock',
    file: 'sync-server/changelog/commit.ts',
    find: "trx.selectFrom('logHead').selectAll().forUpdate()",
    replace: "trx.selectFrom('logHead').selectAll()",
    check,
  },
];
