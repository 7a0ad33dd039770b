/** Who a request turned out to come from, by id: for the log, which never holds an e-mail address. */
import type { FastifyRequest } from 'fastify';

const actors = new WeakMap<FastifyRequest, string>();

/** `admin:<id>`, `developer:<id>` or `gateway:<id>`, from whoever has authenticated the request. */
export function rememberActor(request: FastifyRequest, actor: string): void {
  actors.set(request, actor);
}

/** Null where nobody was authenticated. */
export function actorOf(request: FastifyRequest): string | null {
  return actors.get(request) ?? null;
}
