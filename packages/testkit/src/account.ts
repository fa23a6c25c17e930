/** An account without any privileges. */
export const NOBODY = 65_534;

const ROOT = 0;

/** Only root gives files to another account, or becomes one. */
export const isRoot = process.getuid?.() === ROOT;

/**
 * Does something as an unprivileged account; if the tests do not run as root, as their own. Only for calls of this process: threads that
 * work at the same time have that account too.
 */
export function asNobody<T>(work: () => T): T {
  return isRoot ? as(NOBODY, work) : work();
}

/** Does something as root, whatever account this process has become. */
export function asRoot<T>(work: () => T): T {
  return as(ROOT, work);
}

/** Makes this process that account until `undo` is done. */
export function stayNobody(undo: DisposableStack): void {
  process.seteuid?.(NOBODY);
  undo.defer(() => process.seteuid?.(ROOT));
}

/** A promise returned by `work` is awaited. */
function as<T>(user: number, work: () => T): T {
  const before = process.geteuid?.() ?? ROOT;
  const back = () => process.seteuid?.(before);
  process.seteuid?.(ROOT); // an account that is not root may only become what it was
  process.seteuid?.(user);
  let result: T;
  try {
    result = work();
  } catch (error) {
    back();
    throw error;
  }
  if (result instanceof Promise) return result.finally(back) as T;
  back();
  return result;
}
