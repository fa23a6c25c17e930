/** What `@peculiar/x509` needs to load: look-ups of reflection metadata that find nothing. */
const reflect = Reflect as { getMetadata?: unknown; getOwnMetadata?: unknown };
reflect.getMetadata ??= () => undefined;
reflect.getOwnMetadata ??= () => undefined;
