/** shell/mark — the mark of the product: many lines become one. */
export function Mark() {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden
    >
      <path d="M3 5h3.5c4 0 3.5 7 7 7M3 12h10M3 19h3.5c4 0 3.5-7 7-7" />
      <circle className="fill" cx="17.5" cy="12" r="3.5" />
    </svg>
  );
}
