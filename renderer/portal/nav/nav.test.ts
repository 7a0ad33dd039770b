import { expect, it } from 'vitest';
import { safeBack } from './back.ts';
import { paths } from './paths.ts';
import { prefixOf } from './prefix.ts';

it.each([
  ['/applications/7', '/applications/7'],
  ['/products/1?doc=keys#limits', '/products/1?doc=keys#limits'],
  [null, '/'],
  ['', '/'],
  ['https://evil.example/', '/'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['\\\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/.//evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/api/v2/developer/logout', '/'],
  ['/portals/other/applications', '/'],
  ['/sign-in?back=/sign-in', '/'],
  ['/SIGN-IN', '/'],
])('after signing in, %j leads to %j', (wanted, to) => {
  expect(safeBack(wanted)).toBe(to);
});

it('the way back survives the address', () => {
  const { searchParams } = new URL(paths.signInFor('/products/1?doc=a&b'), 'http://portal.test');
  expect(safeBack(searchParams.get('back'))).toBe('/products/1?doc=a&b');
});

it.each([
  ['/', ''],
  ['/applications', ''],
  ['/portals/staging', '/portals/staging'],
  ['/portals/staging/applications/1', '/portals/staging'],
  ['/portals/', ''],
  ['/portals/No/x', ''],
])('the addresses of %j begin at %j', (pathname, prefix) => {
  expect(prefixOf(pathname)).toBe(prefix);
});
