/** The look of the sign-in page; inline, so that the page is one answer, and allowed by its hash alone. */
import { createHash } from 'node:crypto';

export const style = `
:root {
  color-scheme: light dark;
  --surface: #f4f5f7; --card: #ffffff; --line: #d9dce3; --field: #8a90a0;
  --text: #1b1f2a; --muted: #5a6172; --accent: #3152c8; --on-accent: #ffffff; --accent-strong: #2440a5;
  --negative: #a8201c; --negative-surface: #fdf0ef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #12141a; --card: #1a1d25; --line: #2d323e; --field: #6d7485;
    --text: #eceef3; --muted: #a3a9b8; --accent: #8ea6ff; --on-accent: #10142a; --accent-strong: #a9bcff;
    --negative: #ff9a92; --negative-surface: #331c1b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--surface); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { width: 100%; max-width: 400px; }
.brand { display: flex; align-items: center; gap: 10px; margin: 0 0 20px; font-weight: 600; font-size: 18px; }
.brand svg { width: 28px; height: 28px; color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 28px; }
h1 { margin: 0 0 4px; font-size: 22px; line-height: 1.3; }
p { margin: 0 0 20px; color: var(--muted); }
label { display: block; margin: 16px 0 6px; font-size: 14px; font-weight: 600; }
input {
  width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--field); border-radius: 8px;
}
button {
  width: 100%; min-height: 44px; margin-top: 24px; padding: 8px 12px; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 8px;
}
button:hover { background: var(--accent-strong); }
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error {
  margin: 0 0 8px; padding: 10px 12px; border-left: 4px solid var(--negative); border-radius: 4px;
  background: var(--negative-surface); color: var(--negative); font-size: 15px;
}
.foot { margin: 16px 4px 0; font-size: 14px; }
@media (forced-colors: active) { .card, button { border-color: CanvasText; } }
`;

export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
