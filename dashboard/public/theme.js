// Before the first paint: the theme that was chosen here, else what the system says.
(() => {
  let wish = null;
  try {
    wish = localStorage.getItem('mcpmux.theme');
  } catch {
    // Storage is switched off: the system decides.
  }
  const dark = wish === 'dark' || (wish !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
