/**
 * By which name a request has come. A page of elsewhere can have its own name lead to this machine (DNS rebinding) and then
 * reads what only this machine should, but the browser still says that name.
 */

/** Names that lead nowhere else, whoever looks them up (RFC 6761 §6.3); as `URL` writes them. */
const loopback = /^((?:[^.]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export function isLoopbackName(hostname: string): boolean {
  return loopback.test(hostname);
}

/** Whether a Host header names this machine, or the server as people know it. */
export function isOwnHost(host: string | undefined, publicUrl: string): boolean {
  const named = `http://${host ?? ''}`;
  if (!URL.canParse(named)) return false;
  const { hostname } = new URL(named);
  return isLoopbackName(hostname) || hostname === new URL(publicUrl).hostname;
}
