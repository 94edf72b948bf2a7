/* The last script of the page: Dash begins. */
var renderer = new DashRenderer();
