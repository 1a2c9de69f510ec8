/** The client alone, for apps that draw their own page. */

export { CraftloreClient, type ClientOptions } from "./api.js";
export { ApiError, ConnectionLost } from "./errors.js";
export { BrokenStream, readNdjson } from "./ndjson.js";
export type * from "./types.js";
