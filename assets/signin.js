/* The button beside a password field shows what is typed in it. */
document.addEventListener("click", (event) => {
  const button = event.target.closest && event.target.closest("[data-reveal]");
  const field = button && document.getElementById(button.dataset.reveal);
  if (!field) return;
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.textContent = shown ? "Show" : "Hide";
});
