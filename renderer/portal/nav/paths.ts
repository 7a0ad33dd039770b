/** The portal's addresses, below its prefix. Mails link to some of them, so they are part of the product. */

const part = encodeURIComponent;

export const paths = {
  catalog: '/',
  signIn: '/sign-in',
  signUp: '/sign-up',
  checkMail: '/check-mail',
  verifyEmail: '/verify-email',
  forgotPassword: '/forgot-password',
  resetPassword: '/reset-password',
  applications: '/applications',
  newApplication: '/applications/new',
  application: (id: string): string => `/applications/${part(id)}`,
  settings: (id: string): string => `/applications/${part(id)}/settings`,
  product: (id: string): string => `/products/${part(id)}`,
  version: (product: string, version: string): string =>
    `/products/${part(product)}/versions/${part(version)}`,
  register: (product: string, version: string): string =>
    `/products/${part(product)}/versions/${part(version)}/register`,
  /** Signing in, and then back to where one was. */
  signInFor: (back: string): string => (back === '/' ? '/sign-in' : `/sign-in?back=${part(back)}`),
} as const;
