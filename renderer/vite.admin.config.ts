import { page } from './vite.page.config.ts';

/** The desk's pages for the loopback host; relative, because the host decides where they live. */
export default page('admin', './');
