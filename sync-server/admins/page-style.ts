/** The look of the pages for admins; inline, so that a page is one answer, and allowed by its hash alone. */
import { createHash } from 'node:crypto';

export const style = `
:root {
  color-scheme: light dark;
  --surface: #f5f5f8; --card: #ffffff; --line: #d9dce3; --field: #8a90a0;
  --text: #1b1b22; --muted: #5a5a69; --accent: #4845c4; --on-accent: #ffffff; --accent-strong: #3a37a8;
  --negative: #a8201c; --negative-surface: #fdf0ef; --positive: #17663a; --positive-surface: #edf7f0; --caution: #8a5300;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #111116; --card: #18181e; --line: #2d323e; --field: #6d7485;
    --text: #ececf2; --muted: #a6a6b6; --accent: #a3a2ff; --on-accent: #15143a; --accent-strong: #bab9ff;
    --negative: #ff9a92; --negative-surface: #331c1b; --positive: #7fd6a0; --positive-surface: #16281e; --caution: #f0b75e;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--surface); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { width: 100%; }
.narrow { max-width: 400px; }
.wide { max-width: 680px; align-self: start; }
.brand { display: flex; align-items: center; gap: 10px; margin: 0 0 20px; font-weight: 600; font-size: 18px; }
.brand svg { width: 28px; height: 28px; color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 28px; }
.card > :last-child, .card > :last-child > :last-child { margin-bottom: 0; }
.card + .card { margin-top: 16px; }
.wide .card { padding: 24px; }
h1 { margin: 0 0 4px; font-size: 22px; line-height: 1.3; }
h2 { display: flex; align-items: baseline; gap: 10px; margin: 0 0 4px; font-size: 17px; line-height: 1.4; }
p { margin: 0 0 20px; color: var(--muted); }
.wide p { margin-bottom: 8px; }
p.lead { color: var(--text); }
a { color: var(--accent); }
label { display: block; margin: 16px 0 6px; font-size: 14px; font-weight: 600; }
input {
  width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--field); border-radius: 8px;
}
::placeholder { color: var(--muted); opacity: 1; }
.wide input { display: block; max-width: 360px; }
input.code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; letter-spacing: .08em; }
button, .button {
  display: inline-block; width: 100%; min-height: 44px; margin-top: 20px; padding: 8px 16px; font: inherit; font-weight: 600;
  text-align: center; text-decoration: none; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 8px;
}
.wide button { width: auto; margin-top: 16px; }
button:hover, .button:hover { background: var(--accent-strong); }
button:disabled { opacity: .6; cursor: progress; }
button.quiet { color: var(--text); background: transparent; border-color: var(--field); }
button.quiet:hover { background: var(--surface); }
button.danger { color: var(--negative); background: transparent; border-color: currentColor; }
button.danger:hover { background: var(--negative-surface); }
button.small { min-height: 32px; margin: 0; padding: 3px 12px; font-size: 14px; }
:is(input, button, .button, a, summary):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.others { margin-top: 24px; border-top: 1px solid var(--line); padding-top: 4px; }
.others button { margin-top: 16px; }
details { margin-top: 12px; }
.narrow details { margin-top: 24px; border-top: 1px solid var(--line); padding-top: 16px; }
summary { width: fit-content; color: var(--accent); font-size: 15px; cursor: pointer; border-radius: 4px; }
.error, .notice {
  margin: 0 0 8px; padding: 10px 12px; border-left: 4px solid; border-radius: 4px; font-size: 15px;
}
.error { background: var(--negative-surface); color: var(--negative); }
.notice { background: var(--positive-surface); color: var(--positive); }
.wide > .error, .wide > .notice { margin-bottom: 16px; }
form .error { margin: 16px 0 0; }
.hint { margin: 8px 0 0; font-size: 14px; color: var(--muted); }
.foot { margin: 16px 4px 0; font-size: 14px; }
.head { display: flex; justify-content: space-between; align-items: start; gap: 16px; margin-bottom: 12px; }
.head p { overflow-wrap: anywhere; }
.head button { margin: 0; white-space: nowrap; }
.state { font-size: 14px; font-weight: 600; color: var(--muted); }
.state.on { color: var(--positive); }
.state.low { color: var(--caution); }
.list { margin: 12px 0 0; padding: 0; list-style: none; }
.list > li {
  display: flex; flex-wrap: wrap; justify-content: space-between; align-items: start; gap: 4px 16px;
  padding: 12px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere;
}
.list .hint { display: block; margin: 0; font-variant-numeric: tabular-nums; }
.list details { margin: 0; }
.list details[open] { flex-basis: 100%; }
.qr { width: 232px; margin: 0 auto 16px; padding: 8px; background: #ffffff; border-radius: 8px; }
.qr svg { display: block; width: 100%; height: auto; }
.secret { max-width: 20ch; margin: 0 auto 12px; text-align: center; color: var(--text); }
.uri { text-align: center; font-size: 15px; }
code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
.codes { width: fit-content; margin: 0 auto 16px; padding: 0 0 0 32px; line-height: 1.9; color: var(--muted); }
.codes code { color: var(--text); white-space: nowrap; }
@media (forced-colors: active) { .card, button, .button { border-color: CanvasText; } }
`;

export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
