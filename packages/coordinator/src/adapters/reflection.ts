/**
 * `@peculiar/x509` brings a dependency container that refuses to load without reflection metadata. Nothing here has
 * decorators that emit any, so two look-ups that find nothing are all it needs.
 */
const reflect = Reflect as { getMetadata?: unknown; getOwnMetadata?: unknown };
reflect.getMetadata ??= () => undefined;
reflect.getOwnMetadata ??= () => undefined;
