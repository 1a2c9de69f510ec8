/** How the whole is laid out. */

import { css } from "lit";

export const ideasStyles = css`
  :host { display: block; }
  .all { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.7rem; }
  form { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.5rem; }
  form.first { padding-top: clamp(0.5rem, 6vh, 3.5rem); }
  form > label { margin-bottom: 0.35rem; font: 600 clamp(1.25rem, 4.5vw, 1.75rem)/1.25 var(--serif); }
  .box { display: flex; gap: 0.5rem; align-items: end; border: 1px solid var(--edge); border-radius: calc(var(--radius) * 1.2); background: var(--card); padding: 0.4rem; box-shadow: 0 6px 24px rgb(60 45 25 / 7%); }
  .box:focus-within { border-color: var(--accent); }
  .box textarea { flex: 1 1 0; width: 0; min-width: 0; border: 0; background: none; padding: 0.55rem 0.8rem; resize: none; font-size: 1.08rem; max-height: 12rem; outline: none; }
  .box:has(textarea:focus-visible) { outline: 3px solid color-mix(in srgb, var(--accent) 65%, transparent); outline-offset: 2px; }
  .box button { min-height: 2.8rem; padding-inline: 1.2rem; border-radius: var(--radius); white-space: nowrap; }
  .missing { color: var(--warn); }
  ::placeholder { color: var(--soft); opacity: 1; }
  .examples { display: grid; justify-items: start; gap: 0.45rem; margin-top: 1.1rem; }
  .examples button { border-radius: 1.4rem; text-align: start; background: none; }
  .told { display: grid; gap: 0.25rem; border-inline-start: 3px solid var(--line); padding-inline-start: 0.9rem; }
  .more { justify-self: start; margin-top: -1.1rem; }
  .ideas { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.9rem; }
  @media (max-width: 32rem) {
    .box { flex-direction: column; align-items: stretch; }
    .box textarea { min-height: 4.6rem; flex: none; width: 100%; }
  }
`;
