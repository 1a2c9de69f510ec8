/** How one idea looks. */

import { css } from "lit";

export const ideaStyles = css`
  :host { display: block; scroll-margin-top: 1rem; }
  article { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); padding: clamp(1rem, 3.5vw, 1.9rem); }
  .body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.15rem; }
  .body[data-mode="changing"] { opacity: 0.55; }
  .kicker { color: var(--accent); font-weight: 600; font-size: 0.92rem; }
  h3 { font-size: clamp(1.35rem, 4vw, 1.7rem); line-height: 1.25; margin-block: 0.15rem 0.3rem; }
  h3:focus { outline: none; }
  footer { border-top: 1px solid var(--line); padding-top: 0.8rem; display: grid; gap: 0.3rem; }
  .undo { justify-self: start; }
  .said:empty { position: absolute; } /* there for a screen reader, and no row of the grid */
  .swap { border-radius: calc(var(--radius) * 0.6); background: var(--tint); padding: 0.8rem; }
  .swap label { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; }
  .progress { gap: 0.7rem; color: var(--soft); }
  .thread { width: 3.2rem; height: 0.3rem; border-radius: 0.2rem; background: linear-gradient(90deg, var(--line) 30%, var(--accent) 50%, var(--line) 70%) 0 0 / 300% 100%; animation: weave 3s steps(12) infinite; /* few steps: the model may run on the same two cores */ }
  @keyframes weave { from { background-position: 100% 0; } to { background-position: 0 0; } }
`;
