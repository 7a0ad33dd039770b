/**
 * The address that a mail was just sent to, for the page that says to look for it. It is kept in this tab, not in the
 * page's address, where it would stay in histories and logs.
 */
const key = 'gatehouse.mailbox';

type Page = Pick<Window, 'sessionStorage'>;

export function rememberAddress(page: Page, email: string): void {
  try {
    page.sessionStorage.setItem(key, email);
  } catch {
    // The page then says "your address", which is as true.
  }
}

export function rememberedAddress(page: Page): string | null {
  try {
    return page.sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
