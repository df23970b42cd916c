namespace Orleans.Configuration;

/// <summary>Settings of a silo's requests and replies.</summary>
public class SiloMessagingOptions : MessagingOptions;
