import { Buffer } from "buffer";

// The compiler takes Node.js's Buffer as a global.
(globalThis as { Buffer?: unknown }).Buffer ??= Buffer;
