/** The looks that all parts share. An app changes them through the `--craftlore-*` properties on <craftlore-ideas>. */

import { css } from "lit";

export const tokens = css`
  :host {
    --paper: var(--craftlore-paper, light-dark(#fbf9f5, #1b1a18));
    --card: var(--craftlore-card, light-dark(#ffffff, #252320));
    --ink: var(--craftlore-ink, light-dark(#2a2622, #ece7df));
    --soft: var(--craftlore-soft, light-dark(#655d54, #b5ab9d));
    --line: var(--craftlore-line, light-dark(#e5ded3, #3b3732));
    --edge: var(--craftlore-edge, light-dark(#8a8074, #8d8478));
    --accent: var(--craftlore-accent, light-dark(#1e5f5a, #86cbc1));
    --on-accent: var(--craftlore-on-accent, light-dark(#ffffff, #12211f));
    --tint: var(--craftlore-tint, light-dark(#eaf2f0, #21302e));
    --warn: var(--craftlore-warn, light-dark(#7a4a00, #f0c47a));
    --warn-tint: var(--craftlore-warn-tint, light-dark(#fcf3e0, #33291a));
    --radius: var(--craftlore-radius, 12px);
    --font: var(--craftlore-font, system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif);
    --serif: var(--craftlore-heading-font, "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Noto Serif", "DejaVu Serif", serif);
    color: var(--ink);
    font: 1rem/1.55 var(--font);
    overflow-wrap: anywhere;
  }
  * {
    box-sizing: border-box;
  }
`;

export const basics = css`
  h2, h3, h4, p, ul, ol, dl, dd, blockquote { margin: 0; padding: 0; }
  ul { list-style: none; }
  p, li, h2, h3, h4, dd, dt, blockquote, summary { unicode-bidi: plaintext; text-align: start; }
  h2 { font: 600 1.2rem/1.3 var(--serif); }
  h3 { font: 600 1.1rem/1.35 var(--serif); }
  h4 { font: 600 0.92rem/1.4 var(--font); color: var(--soft); }
  a { color: var(--accent); }
  .soft { color: var(--soft); }
  .small { font-size: 0.9rem; }
  .row { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
  .silent { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

  button, select, input, textarea { font: inherit; color: inherit; }
  button {
    min-height: 2.5rem; padding: 0.35rem 0.9rem; border: 1px solid var(--line); border-radius: calc(var(--radius) * 0.75);
    background: var(--card); cursor: pointer; transition: background-color 120ms, border-color 120ms;
  }
  button:hover:not([aria-disabled="true"]) { border-color: var(--accent); background: var(--tint); }
  button[aria-disabled="true"] { cursor: default; color: var(--soft); }
  button.main { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
  button.main:hover:not([aria-disabled="true"]) { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
  button.plain { min-height: 2rem; padding: 0.2rem 0.4rem; border-color: transparent; background: none; color: var(--accent); text-decoration: underline; text-underline-offset: 0.2em; }
  button.plain:hover:not([aria-disabled="true"]) { background: var(--tint); }
  input, select, textarea { max-width: 100%; border: 1px solid var(--edge); border-radius: calc(var(--radius) * 0.6); background: var(--card); padding: 0.45rem 0.6rem; }
  textarea { width: 100%; resize: vertical; field-sizing: content; }
  :focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 65%, transparent); outline-offset: 2px; }
  :focus:not(:focus-visible) { outline: none; }
  summary { cursor: pointer; color: var(--accent); padding: 0.3rem 0; width: fit-content; }

  .notice { border-inline-start: 4px solid var(--accent); border-radius: calc(var(--radius) * 0.5); background: var(--tint); padding: 0.9rem 1.1rem; display: grid; gap: 0.5rem; }
  .notice.warn { border-color: var(--warn); background: var(--warn-tint); }
  .notice .row { margin-top: 0.2rem; }
  .again { justify-self: start; }

  @media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
  }
`;
