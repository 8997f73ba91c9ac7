// Mends what the theme and jupyterquiz leave undone for those who listen to the page.
(() => {
  const all = (selector, mend) => document.querySelectorAll(selector).forEach(mend);

  // These have a text that says what they do; the hidden label says something else.
  all("main summary[aria-label], .search-button-field[aria-label]", element => element.removeAttribute("aria-label"));

  // The icons of the colour button carry titles of their own; Font Awesome may draw them before or after this script.
  all(".theme-switch-button", button => {
    const mend = () => button.querySelectorAll(".theme-switch").forEach(icon => {
      icon.removeAttribute("title");
      icon.querySelector("title")?.remove();
      icon.setAttribute("aria-hidden", "true");
    });
    new MutationObserver(mend).observe(button, { childList: true, subtree: true });
    mend();
  });

  // The sidebar's logo and search button lie outside every landmark.
  all("#pst-primary-sidebar", sidebar => {
    sidebar.setAttribute("role", "complementary");
    sidebar.setAttribute("aria-label", "Book");
  });

  // The arrows that unfold the sidebar have no name, and the items of the bibliography are no items to a list.
  all(".toctree-toggle", arrow => {
    const chapter = arrow.closest("li").querySelector("a").textContent;
    arrow.parentElement.setAttribute("aria-label", `Pages of ${chapter}`);
  });
  all(".citation-list > .citation", item => item.setAttribute("role", "listitem"));

  // A question names its answers, and a reply is read out.
  all(".Quiz", quiz => {
    const answers = quiz.querySelector(".Answer");
    answers.setAttribute("role", "radiogroup");
    answers.setAttribute("aria-labelledby", quiz.querySelector("[id^=quizQn]").id);
    quiz.querySelector(".Feedback").setAttribute("role", "status");
  });
})();
