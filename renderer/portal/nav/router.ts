/** The pages by their addresses. sv-router keeps one router for a window, so this is made once, when the window starts. */
import { blockNavigation, createRouter } from 'sv-router';
import ApplicationPage from '../applications/ApplicationPage.svelte';
import MyApps from '../applications/MyApps.svelte';
import NewApp from '../applications/NewApp.svelte';
import Register from '../applications/Register.svelte';
import Settings from '../applications/Settings.svelte';
import CheckMail from '../account/CheckMail.svelte';
import ForgotPassword from '../account/ForgotPassword.svelte';
import ResetPassword from '../account/ResetPassword.svelte';
import SignIn from '../account/SignIn.svelte';
import SignUp from '../account/SignUp.svelte';
import VerifyEmail from '../account/VerifyEmail.svelte';
import Catalog from '../catalog/Catalog.svelte';
import Shell from '../shell/Shell.svelte';
import NotFound from '../shell/NotFound.svelte';
import type { Navigation } from './navigation.ts';

/** `prefix` is empty or `/portals/<name>`. */
export function createNavigation(prefix: string): Navigation {
  const router = createRouter({
    '/': Catalog,
    '/products/:product': () => import('../catalog/ProductPage.svelte'),
    '/products/:product/versions/:version': () => import('../catalog/ProductPage.svelte'),
    '/products/:product/versions/:version/register': Register,
    '/applications': MyApps,
    '/applications/new': NewApp,
    '/applications/:application': ApplicationPage,
    '/applications/:application/settings': Settings,
    '/sign-in': SignIn,
    '/sign-up': SignUp,
    '/check-mail': CheckMail,
    '/verify-email': VerifyEmail,
    '/forgot-password': ForgotPassword,
    '/reset-password': ResetPassword,
    '*': NotFound,
    layout: Shell,
  });
  const params = (): Readonly<Record<string, string | undefined>> => router.route.params;

  /** The query as it stands: sv-router would turn `1e3` into a number. Reading `router.route.search` makes it reactive. */
  function queryNow(): URLSearchParams {
    void router.route.search;
    return new URLSearchParams(window.location.search);
  }

  // sv-router's own paths are typed by its table; ours come from paths.ts and from the address after a sign-in.
  const to: (path: string, options: object) => Promise<unknown> = (path, options) =>
    router.navigate(path as '/', options);

  return {
    get path() {
      return router.route.pathname;
    },
    param: (name) => params()[name] ?? '',
    query: (name) => queryNow().get(name),
    href: (path) => prefix + path,
    go(path, { replace = false } = {}) {
      const { pathname, search, hash } = new URL(path, window.location.origin);
      void to(pathname, { replace, search, hash });
    },
    setQuery(values) {
      const query = queryNow();
      for (const [name, value] of Object.entries(values)) {
        if (value === null || value === '') query.delete(name);
        else query.set(name, value);
      }
      void to(router.route.pathname, { replace: true, search: query.toString(), scrollToTop: false });
    },
    guard: (mayLeave) => blockNavigation({ beforeUnload: () => false, onNavigate: mayLeave }),
  };
}
