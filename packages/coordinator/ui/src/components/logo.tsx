/** A site and the systems that are served from it. */
export function Logo({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1f5fae" />
      <path d="M16 6v14M8 25v-5h16v5" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
      <rect x="11.5" y="4.5" width="9" height="7.5" rx="2" fill="#fff" />
      <rect x="4" y="21.5" width="8" height="6.5" rx="2" fill="#8fd3c4" />
      <rect x="20" y="21.5" width="8" height="6.5" rx="2" fill="#8fd3c4" />
    </svg>
  );
}
