/** The languages of the page; one more is one more file of the same shape. */

import { en, type Strings } from "./en.js";
import { es } from "./es.js";

export { en, type Strings };

export const LANGUAGES: Readonly<Record<string, Strings>> = { en, es };

/** The strings of a language tag such as `es-MX`; English where there is none. */
export function stringsFor(tag: string): Strings {
  return LANGUAGES[tag.toLowerCase().split("-")[0] ?? ""] ?? en;
}
