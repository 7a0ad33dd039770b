/** The portal of the whole path: one API behind two gateways, the built-in proxy and HAProxy. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const gateways = { proxy: 'local', haproxy: 'edge' } as const;

/** Writes the portal file into `folder` and returns its path. */
export async function writePortalFile(folder: string, upstream: string): Promise<string> {
  const service = (name: string): string => `  - name: ${name}
    services:
      - name: mock
        path: /mock
        upstream: ${upstream}`;
  const path = join(folder, 'portal.yaml');
  await writeFile(
    join(folder, 'mock.yaml'),
    'openapi: 3.1.0\ninfo: { title: Mock API, version: "1" }\npaths:\n  /hello:\n    get: { operationId: hello, summary: Says hello, tags: [greetings], responses: { "200": { description: Hello } } }\n',
  );
  await writeFile(
    path,
    `gatehouse: 1
region: local
gateways:
${service(gateways.proxy)}
${service(gateways.haproxy)}
strategies:
  - name: key-auth
    kind: key-auth
products:
  - slug: mock
    name: Mock API
    description: Answers everything with a friendly echo.
    versions:
      - name: v1
        specification: mock.yaml
        services: [${gateways.proxy}/mock, ${gateways.haproxy}/mock]
portals:
  - name: demo
    displayName: Nimbus Developers
    description: APIs of Nimbus Freight.
    defaultStrategy: key-auth
    publications:
      - version: mock/v1
        visibility: public
        registration: true
`,
  );
  return path;
}
