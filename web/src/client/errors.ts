/** What a call can end with, besides its answer. */

import type { ErrorCode } from "./types.js";

/** The server said no, in its one error shape. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly code: ErrorCode,
    readonly status: number,
    readonly requestId: string | null,
    readonly field: string | null = null,
    readonly body: unknown = null,
  ) {
    super(message);
  }
}

/** No answer, or an answer that broke off. `partial` tells whether something had arrived before. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";

  constructor(
    message: string,
    readonly partial: boolean,
  ) {
    super(message);
  }
}
