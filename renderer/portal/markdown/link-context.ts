/** What links in a document need to know about its neighbours. */
import { createContext } from 'svelte';

export interface Links {
  hasDocument(slug: string): boolean;
  documentHref(slug: string): string;
}

export const [getLinks, setLinks] = createContext<Links>();
