/** Faults that give accounts away. */
import type { Plant } from '../plant.ts';

const check = 'enumeration';

export const enumerationPlants: readonly Plant[] = [
  {
    fault: 'no work for an admin who does not exist',
    file: 'sync-server/admins/sign-in/password.ts',
    find: ': await dummyVerify(password);',
    replace: ': password === dummyVerify.name;',
    check,
  },
  {
    fault: 'no work for a developer who does not exist',
    alone: true,
    file: 'sync-server/developers/password.ts',
    find: ': await dummyVerify(password);',
    replace: ': password === dummyVerify.name;',
    check,
  },
  {
    fault: 'a forgotten password of nobody is not found',
    file: 'sync-server/developers/password.ts',
    find: 'if (!developer) return;',
    replace: "if (!developer) throw new GatehouseError('not_found');",
    check,
  },
  {
    fault: 'an unverified developer hears of it before the password was right',
    file: 'sync-server/developers/password.ts',
    find: "if (!found || !right) throw new GatehouseError('credentials_wrong');",
    replace:
      "if (found && found.state !== 'approved') throw new GatehouseError('approval_required');\n  if (!found || !right) throw new GatehouseError('credentials_wrong');",
    check,
  },
  {
    fault: 'only accounts that exist are counted',
    file: 'sync-server/admins/sign-in/routes.ts',
    find: 'if (!(await limits.password(email, request.ip))) {',
    replace:
      "const known = await db.selectFrom('admins').select('id').where('email', '=', email).executeTakeFirst();\n    if (known && !(await limits.password(email, request.ip))) {",
    check,
  },
];
