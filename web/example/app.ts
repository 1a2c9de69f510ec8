/** An activity app in twenty lines: it shows <craftlore-ideas>, keeps what a teacher takes, and asks the API itself once. */

import { CraftloreClient } from "craftlore-ideas";
import type { ChosenIdea } from "craftlore-ideas/element";
import "craftlore-ideas/element";

const plan = document.querySelector("#plan");

function note(text: string): void {
  const line = document.createElement("li");
  line.textContent = text;
  plan?.append(line);
}

document.addEventListener("craftlore-idea-chosen", (event: CustomEvent<ChosenIdea>) => {
  note(`${event.detail.idea.title} (${event.detail.how})`);
});

const materials = await new CraftloreClient().materials();
document.title = `My activity app: ${String(materials.length)} materials known`;
