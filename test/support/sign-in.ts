/** A browser whose user fills in the server's sign-in page: the form, its cookie and the way back to the desk. */

export interface Person {
  readonly email: string;
  readonly password: string;
}

const hiddenField = /<input type="hidden" name="([^"]+)" value="([^"]*)" \/>/g;

/** What a desk is given as `openBrowser`. Signs `person` in at whatever address it is shown. */
export function formBrowser(person: Person): (url: string) => Promise<boolean> {
  return async (url) => {
    const page = await fetch(url);
    const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const fields = new URLSearchParams();
    for (const [, name = '', value = ''] of (await page.text()).matchAll(hiddenField))
      fields.set(name, value);
    fields.set('email', person.email);
    fields.set('password', person.password);
    const answer = await fetch(new URL('/admin/authorize', url), {
      method: 'POST',
      headers: { cookie },
      body: fields,
      redirect: 'manual',
    });
    const location = answer.headers.get('location');
    if (answer.status !== 303 || location === null) {
      throw new Error(`the sign-in page answered ${answer.status}`);
    }
    await fetch(location);
    return true;
  };
}
