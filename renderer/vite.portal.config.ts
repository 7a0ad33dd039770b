import { page } from './vite.page.config.ts';

/** The portal's pages, served by the sync-server; absolute, because every path of the portal answers with them. */
export default page('portal', '/');
