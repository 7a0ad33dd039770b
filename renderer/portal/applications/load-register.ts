/** What the Register page needs: the version, how it is authenticated, and the applications that may ask for it. */
import type { z } from 'zod';
import type {
  productSchema,
  ProductVersion,
  versionApplicationListSchema,
} from '../../../domain/wire/portal-v2.ts';
import type { versionViewSchema } from '../../../domain/wire/portal.ts';
import { good, type Answer } from '../api/answer.ts';
import type { PortalApi } from '../api/portal-api.ts';

export interface RegisterPage {
  readonly product: z.infer<typeof productSchema>;
  readonly version: ProductVersion;
  readonly view: z.infer<typeof versionViewSchema>;
  readonly applications: z.infer<typeof versionApplicationListSchema>['data'];
}

type Api = Pick<PortalApi, 'product' | 'version' | 'versionView' | 'applicationsWithout'>;

export async function loadRegister(
  api: Api,
  productId: string,
  versionId: string,
): Promise<Answer<RegisterPage>> {
  const [product, version, view, applications] = await Promise.all([
    api.product(productId),
    api.version(productId, versionId),
    api.versionView(versionId),
    api.applicationsWithout(productId, versionId),
  ]);
  if (!product.ok) return product;
  if (!version.ok) return version;
  if (!view.ok) return view;
  if (!applications.ok) return applications;
  return good({
    product: product.value,
    version: version.value,
    view: view.value,
    applications: applications.value.data,
  });
}
