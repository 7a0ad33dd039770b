/** The menu as a table: what the pages' own command registry does not bring, the system's roles. */
import type { MenuItemConstructorOptions } from 'electron';

type Role = NonNullable<MenuItemConstructorOptions['role']>;

const menus: readonly { readonly label: string; readonly roles: readonly (Role | '-')[] }[] = [
  { label: 'File', roles: ['close', 'quit'] },
  { label: 'Edit', roles: ['undo', 'redo', '-', 'cut', 'copy', 'paste', 'selectAll'] },
  { label: 'View', roles: ['resetZoom', 'zoomIn', 'zoomOut', '-', 'togglefullscreen'] },
  { label: 'Window', roles: ['minimize', 'zoom'] },
];

/** The template for `Menu.buildFromTemplate`; macOS puts the app's own menu first. */
export function menuTemplate(platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const own: MenuItemConstructorOptions[] = platform === 'darwin' ? [{ role: 'appMenu' }] : [];
  const rest = menus.map(({ label, roles }): MenuItemConstructorOptions => ({
    label,
    submenu: roles.map((role) => (role === '-' ? { type: 'separator' } : { role })),
  }));
  return [...own, ...rest];
}
