/** Everything that the page of a product's version shows at once. */
import type { z } from 'zod';
import type {
  documentTreeListSchema,
  productSchema,
  ProductVersion,
  specOperationsSchema,
} from '../../../domain/wire/portal-v2.ts';
import { bad, good, type Answer } from '../api/answer.ts';
import type { PortalApi } from '../api/portal-api.ts';
import { failure } from '../../../domain/errors.ts';

export type Documents = z.infer<typeof documentTreeListSchema>['data'];
export type Operations = z.infer<typeof specOperationsSchema>['operations'];

export interface ProductPageData {
  readonly product: z.infer<typeof productSchema>;
  readonly versions: readonly ProductVersion[];
  /** Null where the product has no version that may be seen. */
  readonly version: ProductVersion | null;
  readonly documents: Documents;
  readonly operations: Operations;
  readonly registration: Registration;
}

export interface Registration {
  readonly open: boolean;
  readonly autoApprove: boolean;
  readonly strategy: string | null;
  /** Paths under which gateways offer the version. */
  readonly paths: readonly string[];
}

type Api = Pick<PortalApi, 'product' | 'versions' | 'documents' | 'operations' | 'versionView'>;

/** The latest version, where none is wanted. A version that cannot be seen is as good as none: `not_found`. */
export async function loadProduct(
  api: Api,
  productId: string,
  wanted: string | null,
  signedIn: boolean,
): Promise<Answer<ProductPageData>> {
  const [product, versions, documents] = await Promise.all([
    api.product(productId),
    api.versions(productId),
    api.documents(productId),
  ]);
  if (!product.ok) return product;
  if (!versions.ok) return versions;
  if (!documents.ok) return documents;
  const list = versions.value.data;
  const latest = product.value.latest_version?.id;
  const version = list.find(({ id }) => id === (wanted ?? latest)) ?? (wanted === null ? list[0] : undefined);
  if (!version && wanted !== null) return bad(failure('not_found'));
  const shared = { product: product.value, versions: list, documents: documents.value.data };
  if (!version) return good({ ...shared, version: null, operations: [], registration: closed });

  const [operations, registration] = await Promise.all([
    api.operations(productId, version.id),
    signedIn ? registrationOf(api, version) : published(version),
  ]);
  if (!operations.ok) return operations;
  return good({ ...shared, version, operations: operations.value?.operations ?? [], registration });
}

const closed: Registration = { open: false, autoApprove: false, strategy: null, paths: [] };

/** What this developer may do. Where that cannot be learnt, what the version says of itself. */
async function registrationOf(api: Api, version: ProductVersion): Promise<Registration> {
  const view = await api.versionView(version.id);
  if (!view.ok) return published(version);
  const { registrationOpen: open, autoApprove, strategy, paths } = view.value;
  return { open, autoApprove, strategy: strategy?.name ?? null, paths };
}

function published(version: ProductVersion): Registration {
  const config = version.registration_configs.find(({ registration_enabled }) => registration_enabled);
  if (!config) return closed;
  return { open: true, autoApprove: config.registration_auto_approve, strategy: config.name, paths: [] };
}
