/** The server's own pages, which belong into the browser. */
import type { Admin } from './state/admin.svelte.ts';

/** Says that the host has no browser to open, and offers the page here. Answers the notice's number, to dismiss it. */
export function offerAddress({ toasts }: Admin, label: string, url: string): number {
  const run = (): void => void window.open(url, '_blank', 'noreferrer');
  return toasts.add({ text: 'No browser could be opened.', lasts: 0, action: { label, run } });
}

/** Password, second factor, devices: what an admin looks after themselves. */
export async function openAccount(admin: Admin): Promise<void> {
  const answer = await admin.link.desk.invoke('session.account', {});
  if (!answer.ok) admin.decisions.report(answer.failure);
  else if (!answer.value.opened) offerAddress(admin, 'Open your account here', answer.value.url);
}
