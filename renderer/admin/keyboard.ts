/** Finds the command that a key press means. It never takes a key from somebody who is typing or from an open dialog. */
import type { Command } from './commands.ts';

/** How long the second key of a pair may take, in milliseconds. */
const pairTimeout = 1_500;

/** A press as the commands write it: `j`, `Shift+R`, `Ctrl+K`, `Shift+ArrowDown`, `?`; null for what is no shortcut. */
export function chordOf(event: KeyboardEvent): string | null {
  const { key } = event;
  if (event.altKey || event.isComposing || ['Shift', 'Control', 'Meta', 'Dead'].includes(key)) return null;
  const control = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  if (/^[a-z]$/i.test(key)) {
    const shift = event.shiftKey ? 'Shift+' : '';
    return control + shift + (control + shift === '' ? key.toLowerCase() : key.toUpperCase());
  }
  // A sign such as ? says by itself that Shift was down.
  return control + (event.shiftKey && key.length > 1 ? 'Shift+' : '') + key;
}

const typing = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable="true"]';
const ownKeys = '[role=dialog], [role=alertdialog], [role=menu], [role=combobox]';
const pressable = 'a[href], button, input, summary';

function at(event: Event): Element | null {
  return event.target instanceof Element ? event.target : null;
}

/** Makes a listener for `keydown` on the window. `press` answers whether the command was carried out. */
export function createKeyboard(
  commands: readonly Command[],
  press: (command: Command) => boolean,
): (event: KeyboardEvent) => void {
  let lead: { readonly key: string; readonly at: number } | null = null;

  function listens(command: Command, target: Element | null): boolean {
    if (!command.listOnly) return true;
    return target === null || target === document.body || target.closest('[role=grid]') !== null;
  }

  return (event) => {
    const chord = event.defaultPrevented ? null : chordOf(event);
    const target = at(event);
    if (chord === null || target?.closest(ownKeys)) return;
    if (target?.closest(typing) && chord !== 'Ctrl+K') return;
    if (chord === 'Enter' && target?.closest(pressable)) return;
    const sequence = lead && event.timeStamp - lead.at < pairTimeout ? `${lead.key} ${chord}` : null;
    lead = null;
    const command = commands.find(
      ({ keys }) =>
        (sequence !== null && keys.includes(sequence)) || (sequence === null && keys.includes(chord)),
    );
    // A key held down moves on and on, but decides once.
    const repeats = event.repeat && command?.group !== 'Move';
    if (command && !repeats && listens(command, target) && press(command)) event.preventDefault();
    const leads =
      sequence === null && commands.some(({ keys }) => keys.some((key) => key.startsWith(`${chord} `)));
    if (leads) lead = { key: chord, at: event.timeStamp };
  };
}
