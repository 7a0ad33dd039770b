/** Light, dark or as the system says. Kept by the browser: it is about this screen, not about the admin. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'gatehouse.theme';

export interface ThemeChoice {
  readonly theme: Theme;
  choose(theme: Theme): void;
}

export function createTheme({
  document,
  localStorage,
}: Pick<Window, 'document' | 'localStorage'>): ThemeChoice {
  const stored = localStorage.getItem(storageKey);
  let theme: Theme = $state(themes.find((candidate) => candidate === stored) ?? 'system');

  function show(): void {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
  show();

  return {
    get theme() {
      return theme;
    },
    choose(next) {
      theme = next;
      localStorage.setItem(storageKey, next);
      show();
    },
  };
}
