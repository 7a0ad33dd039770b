/** One place in a row of page links: a page, or a gap (null). */
export interface PageLink {
  key: string;
  page: number | null;
}

/** First, last, the current page and its neighbours; what is left out shows as one gap, never a gap of one page. */
export function pageLinks(page: number, pageCount: number): PageLink[] {
  const wanted = [1, page - 1, page, page + 1, pageCount].filter((each) => each >= 1 && each <= pageCount);
  const shown = [...new Set(wanted)].sort((a, b) => a - b);
  return shown.flatMap((each, index): PageLink[] => {
    const before = shown[index - 1] ?? 0;
    const link = { key: String(each), page: each };
    if (each - before <= 1) return [link];
    if (each - before === 2) return [{ key: String(each - 1), page: each - 1 }, link];
    return [{ key: `gap-${before}`, page: null }, link];
  });
}
