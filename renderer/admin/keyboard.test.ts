import { afterEach, describe, expect, it } from 'vitest';
import { commands } from './commands.ts';
import { chordOf, createKeyboard } from './keyboard.ts';

function key(name: string, more: KeyboardEventInit = {}): KeyboardEvent {
  return new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...more });
}

describe('a chord', () => {
  it.each([
    [key('j'), 'j'],
    [key('J'), 'j'],
    [key('R', { shiftKey: true }), 'Shift+R'],
    [key('k', { ctrlKey: true }), 'Ctrl+K'],
    [key('k', { metaKey: true }), 'Ctrl+K'],
    [key('?', { shiftKey: true }), '?'],
    [key('ArrowDown', { shiftKey: true }), 'Shift+ArrowDown'],
    [key('a', { altKey: true }), null],
    [key('Shift', { shiftKey: true }), null],
  ])('reads %o as %s', (event, chord) => {
    expect(chordOf(event)).toBe(chord);
  });
});

describe('the keyboard', () => {
  afterEach(() => document.body.replaceChildren());

  /** Presses keys on an element and answers the ids of the commands that were carried out. */
  function press(element: Element, ...events: KeyboardEvent[]): string[] {
    const done: string[] = [];
    const listen = createKeyboard(commands, (command) => {
      done.push(command.id);
      return true;
    });
    element.addEventListener('keydown', (event) => event instanceof KeyboardEvent && listen(event));
    for (const event of events) element.dispatchEvent(event);
    return done;
  }

  function place(html: string, selector: string): Element {
    document.body.innerHTML = html;
    const element = document.querySelector(selector);
    if (!element) throw new Error(`nothing matches ${selector}`);
    return element;
  }

  it('finds commands by key, and by one key after another', () => {
    expect(press(place('<main></main>', 'main'), key('a'), key('g'), key('a'), key('a'))).toEqual([
      'approve',
      'go-applications',
      'approve',
    ]);
  });

  it.each([
    ['<input type="search">', 'input'],
    ['<textarea></textarea>', 'textarea'],
    ['<select><option>a</option></select>', 'select'],
    ['<div role="dialog"><button>x</button></div>', 'button'],
    ['<div role="menu"><div role="menuitem" tabindex="0">x</div></div>', '[role=menuitem]'],
  ])('takes no key from somebody typing or choosing in %s', (html, selector) => {
    const letters = ['a', 'r', 'j', 'x', 'z', 'g', 'o', '/', '?'].map((letter) => key(letter));
    expect(press(place(html, selector), ...letters, key('R', { shiftKey: true }))).toEqual([]);
  });

  it('opens the palette from a field too', () => {
    expect(press(place('<input>', 'input'), key('k', { ctrlKey: true }))).toEqual(['palette']);
  });

  it('leaves Enter to a button and arrows to whatever scrolls', () => {
    expect(press(place('<button>x</button>', 'button'), key('Enter'), key('ArrowDown'))).toEqual([]);
    expect(press(place('<div role="grid" tabindex="0"></div>', '[role=grid]'), key('ArrowDown'))).toEqual([
      'down',
    ]);
  });

  it('moves on while a key is held down, but decides only once', () => {
    const held = { repeat: true };
    expect(press(place('<main></main>', 'main'), key('j'), key('j', held), key('a'), key('a', held))).toEqual(
      ['next', 'next', 'approve'],
    );
  });

  it('knows each key and each command once', () => {
    const keys = commands.flatMap((command) => command.keys);
    expect(keys).toHaveLength(new Set(keys).size);
    const ids = commands.map((command) => command.id);
    expect(ids).toHaveLength(new Set(ids).size);
  });
});
