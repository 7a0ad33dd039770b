/** Light, dark, or what the system wishes; kept in this browser. */

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'gatehouse.theme';

export interface ThemeChoice {
  readonly value: Theme;
  choose(theme: Theme): void;
}

type Page = Pick<Window, 'localStorage'> & { readonly document: Pick<Document, 'documentElement'> };

export function createTheme(page: Page): ThemeChoice {
  const before = kept(page);
  let value: Theme = $state(before);
  show(page, before);
  return {
    get value() {
      return value;
    },
    choose(theme) {
      value = theme;
      show(page, theme);
      try {
        page.localStorage.setItem(key, theme);
      } catch {
        // A browser that keeps nothing still shows it until the page is closed.
      }
    },
  };
}

function kept(page: Page): Theme {
  try {
    return themes.find((theme) => theme === page.localStorage.getItem(key)) ?? 'system';
  } catch {
    return 'system';
  }
}

function show(page: Page, theme: Theme): void {
  const { dataset } = page.document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
}
