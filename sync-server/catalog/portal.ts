/** How a portal presents itself: context and appearance of the Portal API v2. */
import { z } from 'zod';
import type { Db } from '../db/schema.ts';
import { prefixOf } from '../tenancy/prefix.ts';
import type { Portal } from '../tenancy/portals.ts';

/** What a portal's free-form theme may say; anything else in it is passed over. */
const themeSchema = z.object({
  accent: z.string().nullable().catch(null),
  welcome: z.string().nullable().catch(null),
});
export type Theme = z.infer<typeof themeSchema>;

export function themeOf({ theme }: Pick<Portal, 'theme'>): Theme {
  const parsed = themeSchema.safeParse(theme);
  return parsed.success ? parsed.data : { accent: null, welcome: null };
}

export async function portalContext(db: Db, publicUrl: string, portal: Portal) {
  const host = await db
    .selectFrom('portalHosts')
    .select('host')
    .where('portalId', '=', portal.id)
    .orderBy('host')
    .limit(1)
    .executeTakeFirst();
  return {
    portal_id: portal.id,
    // One organisation a server: the portal stands for it.
    org_id: portal.id,
    featureset_id: 'default',
    basic_auth_enabled: !portal.isPublic,
    oidc_auth_enabled: false,
    is_public: portal.isPublic,
    rbac_enabled: false,
    dcr_provider_ids: [],
    allowed_time_period: '24h',
    name: portal.displayName,
    canonical_domain: host?.host ?? new URL(publicUrl).host,
  };
}

export function portalAppearance(portal: Portal, originalUrl: string) {
  const images = `${prefixOf(originalUrl)}/api/v2/portal`;
  return {
    variables: {
      catalog: {
        logo: { url: `${images}/logo` },
        cover: { url: `${images}/catalog-cover` },
        primary_header: { text: portal.displayName },
        welcome_message: { text: themeOf(portal).welcome ?? portal.description },
      },
    },
  };
}

/** One transparent pixel (PNG): a portal without a logo or cover of its own still answers with an image. */
export const emptyImage = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
